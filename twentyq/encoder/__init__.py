"""The eyes: encoders, pictures, and the store of prompts."""

from twentyq.encoder.crop import CROPS, crop_picture
from twentyq.encoder.load import load_encoder
from twentyq.encoder.pictures import Picture, open_picture
from twentyq.encoder.preparing import Preparation, PreparingEncoder
from twentyq.encoder.prompts import PromptTable, notice_of_cut
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.reading import (
    Decoded,
    Embedded,
    decode_pictures,
    embed_decoded,
    embed_pictures,
)
from twentyq.encoder.store import PromptStore, embed_prompts
from twentyq.encoder.store_file import StoreWarning
from twentyq.encoder.vectors import require_one_width, unit_rows, unusable_rows

__all__ = [
    "CROPS",
    "Decoded",
    "Embedded",
    "Encoder",
    "Picture",
    "Preparation",
    "PreparingEncoder",
    "PromptStore",
    "PromptTable",
    "StoreWarning",
    "crop_picture",
    "decode_pictures",
    "embed_decoded",
    "embed_pictures",
    "embed_prompts",
    "load_encoder",
    "notice_of_cut",
    "open_picture",
    "require_one_width",
    "unit_rows",
    "unusable_rows",
]
