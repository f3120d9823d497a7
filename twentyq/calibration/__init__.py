"""The file of a calibration: written as JSON, read back only where it belongs.

A calibration is true of one encoder's answers to one system's prompts, read at one scale, and its
thresholds of one policy and decision. The file names all of these, and `load_calibration` refuses
it anywhere else.
"""

from twentyq.calibration.read import load_calibration
from twentyq.calibration.setting import Setting, fingerprint
from twentyq.calibration.write import dump_calibration, rounded

__all__ = ["Setting", "dump_calibration", "fingerprint", "load_calibration", "rounded"]
