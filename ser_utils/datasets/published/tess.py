"""TESS: Canadian English, 2 actresses, acted.

Pichora-Fuller and Dupuis, "Toronto emotional speech set (TESS)", Scholars Portal Dataverse, 2020.
"""

from ser_utils.datasets.layouts import Layout, codes, published_corpus

LAYOUT = Layout(
    corpus="tess",
    language="en",
    example="OAF_back_angry.wav",
    folders=r"[OY]AF_\w+",
    # Actress (older, younger), word, emotion. One file lacks the F: OA_bite_neutral.
    pattern=r"(?P<speaker>[OY]A)F?_(?P<sentence>[a-z]+)_(?P<emotion>[a-z_]+)",
    emotions=codes(
        anger="angry",
        disgust="disgust",
        fear="fear",
        happiness="happy",
        neutral="neutral",
        surprise="pleasant_surprise ps",
        sadness="sad",
    ),
    genders=codes(female="OA YA"),
)

CORPUS = published_corpus(
    LAYOUT,
    title="Toronto Emotional Speech Set (TESS)",
    how_to_get=(
        "download it (about 280 MB) from https://doi.org/10.5683/SP2/E8H2MF "
        "and unpack it into the folder tess"
    ),
)
