"""AESDD: Greek, 6 actors in its present release, acted.

Vryzas, Kotsakis, Liatsou, Dimoulas and Kalliris, "Speech Emotion Recognition for Performance
Interaction", Journal of the Audio Engineering Society 66(6), 2018, pp. 457-467.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="aesdd",
    language="el",
    title="Acted Emotional Speech Dynamic Database (AESDD)",
    source=(
        "download it by the link at "
        "http://m3c.web.auth.gr/research/aesdd-speech-emotion-recognition/"
    ),
    example="anger/a01 (1).wav",
    folders="anger|disgust|fear|happiness|sadness",
    # It ends after 36 bytes.
    known_bad=("s05 (3)",),
    # Emotion, utterance, speaker (in some names with a zero before it), take.
    pattern=r"(?P<emotion>[a-z])(?P<sentence>\d\d) \(0*(?P<speaker>[1-9]\d*)\)(?P<take>[a-z]?)",
    emotions=codes(anger="a", disgust="d", fear="f", happiness="h", sadness="s"),
)
