"""Built-in synthetic corpora: eSpeak NG voices that express emotion by prosody alone.

They let everything run before a real corpus is on the machine, as a miniature of the real problem:
speakers differ, emotions overlap, and each language has its own register, expressiveness and
recording channel. They are no evidence about emotional speech, nor about any method.

`languages` has the settings of each corpus, `prosody` plans its utterances, `rendering` makes the
sound of one by `espeak`, and `corpora` keeps them on disk.
"""

from ser_utils.datasets.synthetic.corpora import CORPORA

__all__ = ["CORPORA"]
