"""EYASE: Egyptian Arabic, 6 actors, from a television series.

Abdel-Hamid, "Egyptian Arabic speech emotion recognition using prosodic, spectral and wavelet
features", Speech Communication 122, 2020, pp. 19-30.
"""

from ser_utils.datasets.layouts import codes, published_corpus

CORPUS = published_corpus(
    corpus="eyase",
    language="ar",
    title="Egyptian Arabic Speech Emotion database (EYASE)",
    source="ask for it at https://www.researchgate.net/publication/341001383_EYASE_Database,",
    put="put its folders of speakers",
    example="Female01/fm01_ang (1).wav",
    # Speaker; emotion and number. The folder tells who speaks: the files of Female02 are fm01, too.
    pattern=(r"(?P<speaker>(Female|Male)0[1-3])/[a-z]+\d\d_(?P<emotion>[a-z]+) \((?P<take>\d+)\)"),
    emotions=codes(anger="ang", happiness="hap", neutral="neu", sadness="sad"),
    genders=codes(female="Female01 Female02 Female03", male="Male01 Male02 Male03"),
)
