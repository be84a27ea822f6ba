"""SAVEE: British English, 4 men, acted.

Haq and Jackson, "Multimodal Emotion Recognition", in Wang (ed.), Machine Audition: Principles,
Algorithms and Systems, IGI Global, 2010, pp. 398-423.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="savee",
    language="en",
    title="Surrey Audio-Visual Expressed Emotion Database (SAVEE)",
    source="register at http://kahlan.eps.surrey.ac.uk/savee/",
    put="unpack AudioData.zip",
    example="DC/a01.wav",
    folders="AudioData|ALL",
    # Speaker, as a folder or before the name; emotion and number. A number is another sentence in
    # each emotion, hence both are its code.
    pattern=r"(?P<speaker>DC|JE|JK|KL)[/_](?P<sentence>(?P<emotion>[a-z]+)\d\d)",
    emotions=codes(
        anger="a", disgust="d", fear="f", happiness="h", neutral="n", sadness="sa", surprise="su"
    ),
    genders=codes(male="DC JE JK KL"),
)
