"""Many pictures: from a source to Parquet parts, shard by shard, whatever interrupts it.

A source is listed once. The list is cut into shards and these into batches, which the manifest
fixes; each shard ends as one part of results and one of failures. Who makes the shards, and where,
is the business of a backend: `local` is this process, `cluster` actors on many machines.
"""
