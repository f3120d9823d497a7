"""What pictures have taught about an encoder's answers to one system's questions.

Every part stands on its own and may be absent; without any, the engine plays as if this module did
not exist. Parts are fitted elsewhere: here they are arrays, ready to be applied.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and spread of each group's answers over unlabelled pictures, for the stop rule `agrees`.

    mean        (Q,) mean answer
    covariance  (Q, K) row k of group g's K_g × K_g covariance, padded with zeros to K options
    thresholds  pairs of a target share of agreement with full and the least z that keeps it
    """

    mean: Tensor
    covariance: Tensor
    thresholds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Discriminant:
    """Linear discriminant analysis on centred log answers.

    center      (Q,) mean log answer, subtracted first
    means       (N, Q) mean of each class; rows of classes without pictures are not used
    has_mean    (N,) bool, whether a class had pictures
    covariance  (Q, Q) shrunk covariance within classes
    """

    center: Tensor
    means: Tensor
    has_mean: Tensor
    covariance: Tensor


@dataclass(frozen=True, slots=True)
class ReportedProbability:
    """softmax(weight / (1 + redundancy · (m − 1)) · evidence), the probability that is reported."""

    weight: float
    redundancy: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Parts that change how answers are read, believed, planned with, stopped by and reported.

    scale         τ, in place of the encoder's own
    bias          (Q,) γ · mean(log a): log a' = log a − bias, renormalised within the group
    noise         (G,) η_g of the planning channel
    weights       (G,) w_g of each group's evidence
    confusion     (Q, K) C_g[j, k], the chance of answer k where j is true; padded with zeros.
                  Evidence becomes e_g(c) = Σ_j R(c, g, j) Σ_k a_g(k) log C_g[j, k], and planning
                  uses R · C_g
    discriminant  evidence of the classes that had pictures, in place of the rules'
    probability   what `Result.probability` reports and `decide calibrated` ranks by
    moments       what `agrees` needs
    """

    scale: float | None = None
    bias: Tensor | None = None
    noise: Tensor | None = None
    weights: Tensor | None = None
    confusion: Tensor | None = None
    discriminant: Discriminant | None = None
    probability: ReportedProbability | None = None
    moments: Moments | None = None
