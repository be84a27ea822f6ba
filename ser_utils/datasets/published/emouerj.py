"""EmoUERJ: Brazilian Portuguese, 8 actors, acted.

Bastos Germano, Pompeu Tcheou, da Rocha Henriques and Pinto Gomes Junior, "emoUERJ: an emotional
speech database in Portuguese", Zenodo, 2021.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="emouerj",
    language="pt",
    title="emoUERJ: an emotional speech database in Portuguese",
    source="download it from https://zenodo.org/records/5427549",
    example="w04a11.wav",
    # Gender and number of the actor, emotion, number of the recording: which of ten sentences it
    # is, no name tells.
    pattern=r"(?P<speaker>(?P<gender>[mw])0[1-4])(?P<emotion>[a-z])(?P<take>\d\d)",
    emotions=codes(anger="a", happiness="h", neutral="n", sadness="s"),
    genders=codes(female="w", male="m"),
)
