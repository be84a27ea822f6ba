"""CASIA: Mandarin, 4 actors, acted; the part in which all say the same sentences.

Institute of Automation, Chinese Academy of Sciences, "CASIA Mandarin Emotional Speech Corpus".
"""

from ser_utils.datasets.table import Layout, published_corpus

LAYOUT = Layout(
    corpus="casia",
    language="zh",
    example="liuchanhg/angry/201.wav",
    # Speaker, emotion, sentence.
    pattern=(
        r"(?P<speaker>liuchanhg|wangzhe|zhaoquanyin|ZhaoZuoxiang)/(?P<emotion>\w+)"
        r"/(?P<sentence>\d+)"
    ),
    emotions={
        "angry": "anger",
        "fear": "fear",
        "happy": "happiness",
        "neutral": "neutral",
        "sad": "sadness",
        "surprise": "surprise",
    },
    genders={
        "liuchanhg": "female",
        "wangzhe": "male",
        "zhaoquanyin": "female",
        "ZhaoZuoxiang": "male",
    },
)

CORPUS = published_corpus(
    LAYOUT,
    title="CASIA Mandarin Emotional Speech Corpus",
    how_to_get=(
        "ask the Chinese Linguistic Data Consortium for it, http://www.chineseldc.org, "
        "and put its folders of speakers into the folder casia"
    ),
)
