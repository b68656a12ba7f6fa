"""Douyin shops (抖店) for omnishop: `adapter` speaks the open platform's wire, `face` simulates it."""

from omnishop_douyin.adapter import DouyinAdapter
from omnishop_douyin.push import genuine

adapter = DouyinAdapter()

__all__ = ["DouyinAdapter", "adapter", "genuine"]
