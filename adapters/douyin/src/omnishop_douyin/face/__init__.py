"""The simulated Douyin platform: speaks its wire to the byte over the sandbox's world."""

from omnishop_douyin.face.platform import DouyinFace

face = DouyinFace()

__all__ = ["DouyinFace", "face"]
