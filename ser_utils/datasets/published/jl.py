"""JL corpus: New Zealand English, 4 actors, acted; its primary emotions.

James, Tian and Watson, "An Open Source Emotional Speech Corpus for Human Robot Interaction
Applications", Interspeech 2018, pp. 2768-2772.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="jl",
    language="en",
    title="JL corpus",
    source="download it from https://www.kaggle.com/tli725/jl-corpus",
    example="JL(wav+txt)/female1_angry_10a_1.wav",
    folders=r"JL\(wav\+txt\)",
    # Speaker, emotion, sentence, session, repetition.
    pattern=(
        r"(?P<speaker>(?P<gender>female|male)[12])_(?P<emotion>[a-z]+)_(?P<sentence>\d+)"
        r"(?P<take>[ab]_[12])"
    ),
    # The secondary emotions, which are none of `labels.EMOTIONS`.
    left_out=r"(fe)?male[12]_(anxious|apologetic|assertive|concerned|encouraging)_\w+",
    # Excitement is merged with happiness, as in IEMOCAP.
    emotions=codes("neutral", anger="angry", happiness="happy excited", sadness="sad"),
    genders=codes("female male"),
)
