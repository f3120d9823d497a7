"""The eyes: encoders, pictures, and the store of prompts."""

from twentyq.encoder.crop import CROPS, crop_picture
from twentyq.encoder.load import load_encoder
from twentyq.encoder.pictures import open_picture
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.store import PromptStore, embed_prompts
from twentyq.encoder.store_file import StoreWarning
from twentyq.encoder.vectors import unusable_rows

__all__ = [
    "CROPS",
    "Encoder",
    "PromptStore",
    "StoreWarning",
    "crop_picture",
    "embed_prompts",
    "load_encoder",
    "open_picture",
    "unusable_rows",
]
