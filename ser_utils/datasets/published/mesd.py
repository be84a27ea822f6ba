"""MESD: Mexican Spanish, women, men and children, single words, acted.

Duville, Alonso-Valerdi and Ibarra-Zarate, "Mexican Emotional Speech Database Based on Semantic,
Frequency, Familiarity, Concreteness, and Cultural Shaping of Affective Prosody", Data 6(12), 2021,
130.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="mesd",
    language="es",
    title="Mexican Emotional Speech Database (MESD)",
    source="download it from https://data.mendeley.com/datasets/cy34mh68j9",
    example="Anger_C_A_abajo.wav",
    # Emotion, voice, list of words, word. No name tells which of the women, men or children speaks:
    # as one speaker each, they are on the same side of every split.
    pattern=(
        r"(?P<emotion>[A-Z][a-z]+)_(?P<speaker>[CFM])_(?P<take>[AB])_(?P<sentence>(?!L\d_)[^/]+)"
    ),
    emotions=codes(
        anger="Anger",
        disgust="Disgust",
        fear="Fear",
        happiness="Happiness",
        neutral="Neutral",
        sadness="Sadness",
    ),
    genders=codes(female="F", male="M"),
)
