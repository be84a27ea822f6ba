"""CASIA: Mandarin, 4 actors, acted; the part in which all say the same sentences.

Institute of Automation, Chinese Academy of Sciences, "CASIA Mandarin Emotional Speech Corpus".
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="casia",
    language="zh",
    title="CASIA Mandarin Emotional Speech Corpus",
    source="ask the Chinese Linguistic Data Consortium for it, http://www.chineseldc.org,",
    put="put its folders of speakers",
    example="liuchanhg/angry/201.wav",
    # Speaker, emotion, sentence.
    pattern=(
        r"(?P<speaker>liuchanhg|wangzhe|zhaoquanyin|ZhaoZuoxiang)/(?P<emotion>\w+)"
        r"/(?P<sentence>\d+)"
    ),
    emotions=codes("fear neutral surprise", anger="angry", happiness="happy", sadness="sad"),
    genders=codes(female="liuchanhg zhaoquanyin", male="wangzhe ZhaoZuoxiang"),
)
