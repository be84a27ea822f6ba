"""ASED: Amharic, 65 speakers, acted.

Retta, Almekhlafi, Sutcliffe, Mhamed, Ali and Feng, "A New Amharic Speech Emotion Dataset and
Classification Benchmark", ACM Transactions on Asian and Low-Resource Language Information
Processing, 2022.
"""

from ser_utils.datasets.layouts import codes, published_corpus

# Emotion and number of its folder. All five share the sentences 01 and 02.
_FOLDERS = ("n1", "f2", "h3", "s4", "a5")

CORPUS = published_corpus(
    corpus="ased",
    language="am",
    title="Amharic Speech Emotion Dataset (ASED)",
    source="clone https://github.com/Ethio2021/ASED_V1,",
    put="put its folders",
    example="03Happy/h3-01-01-01-01.wav",
    folders=r"0[1-5][A-Z][a-z]+",
    # Emotion and sentence, repetition, gender, speaker.
    pattern=(
        r"(?P<sentence>(?P<emotion>[a-z])[1-5]-\d\d)-(?P<take>\d\d)-(?P<gender>0[12])"
        r"-(?P<speaker>\d\d)"
    ),
    emotions=codes(neutral="n", fear="f", happiness="h", sadness="s", anger="a"),
    genders=codes(female="01", male="02"),
    sentences={f"{folder}-{common}": common for folder in _FOLDERS for common in ("01", "02")},
)
