"""BanglaSER: Bengali, 34 speakers, acted, recorded by telephones and laptops.

Das, Islam, Ahmed, Islam, Shatabda and Islam, "BanglaSER: A speech emotion recognition dataset for
the Bangla language", Data in Brief 42, 2022, 108091.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="banglaser",
    language="bn",
    title="BanglaSER: a speech emotion recognition dataset for the Bangla language",
    source="download it from https://data.mendeley.com/datasets/t9h6p943xy/5",
    example="03-01-01-01-02-03-05.wav",
    # As in RAVDESS, but for the codes of the emotions: modality, channel, emotion, intensity,
    # statement, repetition, actor.
    pattern=(
        r"03-01-(?P<emotion>\d\d)-(?P<intensity>0[12])-(?P<sentence>0[1-3])"
        r"-(?P<take>0[1-3])-(?P<speaker>0[1-9]|[12]\d|3[0-4])"
    ),
    emotions=codes(happiness="01", sadness="02", anger="03", surprise="04", neutral="05"),
    genders={f"{actor:02}": "male" if actor % 2 else "female" for actor in range(1, 35)},
    intensities=codes(normal="01", strong="02"),
)
