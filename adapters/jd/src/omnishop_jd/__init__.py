"""JD POP (京东) for omnishop."""

from omnishop_jd.adapter import JdAdapter, adapter

__all__ = ["JdAdapter", "adapter"]
