"""Oréau: French, 32 speakers, acted.

Kerkeni, Cleder, Serrestou and Raoof, "French Emotional Speech Database - Oréau", Zenodo, 2020.
"""

from ser_utils.datasets.layouts import codes, published_corpus

_SENTENCES = (f"a{number:02}{emotion}" for emotion in "CDJNPST" for number in range(1, 21))

CORPUS = published_corpus(
    corpus="oreau",
    language="fr",
    title="French Emotional Speech Database (Oréau)",
    source="download OréauFR_02 from https://zenodo.org/records/4405783",
    example="f/sessc/10a01Ca.wav",
    folders=r"[fm]/sess[a-z]",
    # Speaker, sentence, emotion, take. Each emotion has sentences of its own.
    pattern=r"(?P<speaker>\d\d)(?P<sentence>a\d\d(?P<emotion>[A-Z]))(?P<take>[a-z])",
    # As in CaFE: colère, dégoût, joie, neutre, peur, surprise, tristesse.
    emotions=codes(
        anger="C", disgust="D", happiness="J", neutral="N", fear="P", surprise="S", sadness="T"
    ),
    sentences=codes(" ".join(_SENTENCES)),  # so that they are spelled alike
    # As the folders f and m have it.
    genders=codes(
        female="10 11 13 21 24 37 42",
        male="07 08 09 12 14 16 18 19 20 22 23 25 26 27 28 29 30 31 32 33 36 38 39 40 41",
    ),
)
