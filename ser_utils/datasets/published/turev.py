"""TurEV-DB: Turkish, 6 speakers by the names of its files, single words, acted.

Canpolat, Ormanoğlu and Zeyrek, "Turkish Emotion Voice Database (TurEV-DB)", SLTU-CCURL 2020,
pp. 368-375.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="turev",
    language="tr",
    title="Turkish Emotion Voice Database (TurEV-DB)",
    source="clone https://github.com/Xeonen/TurEV-DB, of which the folder Sound Source is enough,",
    put="put it",
    example="Sound Source/Angry/1157_kz_acik.wav",
    folders="Sound Source",
    # Emotion; speaker, the emotion in Turkish (kz, mt, sk, hl), word.
    pattern=r"(?P<emotion>\w+)/(?P<speaker>\d+)_[a-z]+_(?P<sentence>\w+)",
    emotions=codes(anger="Angry", calm="Calm", happiness="Happy", sadness="Sad"),
)
