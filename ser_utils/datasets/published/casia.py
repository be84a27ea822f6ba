"""CASIA: Mandarin, 4 actors, acted; the part in which all say the same sentences.

Institute of Automation, Chinese Academy of Sciences, "CASIA Mandarin Emotional Speech Corpus".
"""

from ser_utils.datasets.layouts import Layout, codes, published_corpus

LAYOUT = Layout(
    corpus="casia",
    language="zh",
    example="liuchanhg/angry/201.wav",
    # Speaker, emotion, sentence.
    pattern=(
        r"(?P<speaker>liuchanhg|wangzhe|zhaoquanyin|ZhaoZuoxiang)/(?P<emotion>\w+)"
        r"/(?P<sentence>\d+)"
    ),
    emotions=codes(
        anger="angry",
        fear="fear",
        happiness="happy",
        neutral="neutral",
        sadness="sad",
        surprise="surprise",
    ),
    genders=codes(female="liuchanhg zhaoquanyin", male="wangzhe ZhaoZuoxiang"),
)

CORPUS = published_corpus(
    LAYOUT,
    title="CASIA Mandarin Emotional Speech Corpus",
    how_to_get=(
        "ask the Chinese Linguistic Data Consortium for it, http://www.chineseldc.org, "
        "and put its folders of speakers into the folder casia"
    ),
)
