"""TESS: Canadian English, 2 actresses, acted.

Pichora-Fuller and Dupuis, "Toronto emotional speech set (TESS)", Scholars Portal Dataverse, 2020.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="tess",
    language="en",
    title="Toronto Emotional Speech Set (TESS)",
    source="download it (about 280 MB) from https://doi.org/10.5683/SP2/E8H2MF",
    example="OAF_back_angry.wav",
    folders=r"[OY]AF_\w+",
    # Actress (older, younger), word, emotion. One file lacks the F: OA_bite_neutral.
    pattern=r"(?P<speaker>[OY]A)F?_(?P<sentence>[a-z]+)_(?P<emotion>[a-z_]+)",
    emotions=codes(
        "disgust fear neutral",
        anger="angry",
        happiness="happy",
        surprise="pleasant_surprise ps",
        sadness="sad",
    ),
    genders=codes(female="OA YA"),
)
