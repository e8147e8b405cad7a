"""Keras without scikit-learn: as ever for who asks for its wrappers, and for scikit-learn."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.sweep

IMPORTED = """
import sys
from sweep.training.lean_keras import keras_without_sklearn
with keras_without_sklearn():
    import keras
assert "sklearn" not in sys.modules, "Keras imports scikit-learn in another way: a worker takes longer to start"
"""
USES = """
def build(X, y):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    return model

x, y = [[0.0, 1.0], [1.0, 0.0]] * 4, [0, 1] * 4
{wrapper}
import sklearn.base
wrapped = SKLearnClassifier(build, fit_kwargs={{"verbose": 0}})
assert isinstance(wrapped, sklearn.base.ClassifierMixin)
import numpy
print(wrapped.fit(numpy.array(x), y).predict(numpy.array(x)).shape)
"""


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "wrapper",
    [
        "SKLearnClassifier = keras.wrappers.SKLearnClassifier",
        "from keras.wrappers import SKLearnClassifier",
        "import tensorflow as tf; SKLearnClassifier = tf.keras.wrappers.SKLearnClassifier",
    ],
)
def test_the_wrappers_work_however_they_are_named(wrapper: str) -> None:
    assert python(IMPORTED + USES.format(wrapper=wrapper)) == "(8,)"


def test_what_keras_does_not_have_is_told_as_by_python_and_an_imported_scikit_learn_stays() -> None:
    code = "\ntry:\n    keras.nothing\nexcept AttributeError as error:\n    print(error)\n"
    assert python(IMPORTED + code) == "module 'keras' has no attribute 'nothing'"
    assert (
        python("import sklearn\n" + IMPORTED.partition("assert")[0] + "print(keras.wrappers.__name__)")
        == "keras.wrappers"
    )
