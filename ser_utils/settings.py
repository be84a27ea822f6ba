"""The hyper-parameters of every training, in one place.

Learning rate and dropout come from `python -m ser_utils search`, which scores no target utterance;
the clip, and the learning rate of the language classifier, come from exploratory runs on these
corpora; the others are usual values that nobody tuned. All are the same for all pairs, tasks and
methods.
The batch norm is an experimental condition; its default is the ordinary one, of the source.
"""

#: Where standardised features end, in standard deviations.
CLIP = 3.0

EPOCHS = 30
#: Utterances of each domain.
BATCH_SIZE = 64
#: Of Adam.
LEARNING_RATE = 3e-4
WEIGHT_DECAY = 1e-4
#: Share of the source speakers that training does not see.
HELD_OUT = 0.2

#: Units of the perceptron's hidden layers.
WIDTHS = (128, 128)
DROPOUT = 0.5
BATCH_NORM = "source"

#: Activation of the last hidden layer, which is the embedding.
EMBEDDING = "relu"

#: Hidden units of the language classifier.
ADVERSARY_WIDTH = 64
#: Of its own Adam, where it takes several steps for each of the encoder. Chosen by a probe for the
#: language and the recall on the source, on four pairs; no label of a target was read.
ADVERSARY_LEARNING_RATE = 1e-2
#: Weight of the language loss.
LOSS_WEIGHT = 1.0
#: Strength of the gradient reversal at the end of its schedule.
MAX_LAMBDA = 1.0


def as_dict() -> dict:
    """Return all of them by name, in lower case."""
    return {name.lower(): value for name, value in globals().items() if name.isupper()}
