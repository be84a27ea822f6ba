"""ShEMO: Persian, 87 speakers, from radio plays.

Mohamad Nezami, Jamshid Lou and Karami, "ShEMO: a large-scale validated database for Persian speech
emotion detection", Language Resources and Evaluation 53(1), 2019, pp. 1-16.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="shemo",
    language="fa",
    title="Sharif Emotional Speech Database (ShEMO)",
    source=(
        "download female.zip and male.zip (about 1 GB) by the links of "
        "https://github.com/pariajm/sharif-emotional-speech-dataset"
    ),
    put="unpack them",
    example="female/F01A01.wav",
    folders="female|male",
    # Gender and number of the speaker, emotion, number. Each utterance has words of its own.
    pattern=r"(?P<speaker>(?P<gender>[FM])\d\d)(?P<emotion>[A-Z])(?P<take>\d\d+)",
    emotions=codes(anger="A", fear="F", happiness="H", neutral="N", sadness="S", surprise="W"),
    genders=codes(female="F", male="M"),
)
