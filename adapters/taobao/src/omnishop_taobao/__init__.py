"""Taobao and Tmall for omnishop."""

from omnishop_taobao.adapter import TaobaoAdapter

adapter = TaobaoAdapter()

__all__ = ["TaobaoAdapter", "adapter"]
