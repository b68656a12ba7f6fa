"""The simulated Taobao and Tmall."""

from omnishop_taobao.face.face import TaobaoFace

face = TaobaoFace()

__all__ = ["TaobaoFace", "face"]
