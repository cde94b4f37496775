"""The shipped images, read once."""

import pytest

from dlbook import data


@pytest.fixture(scope="session")
def fashion():
    return data.fashion_mnist()


@pytest.fixture(scope="session")
def digits():
    return data.digits()


@pytest.fixture(params=["fashion", "digits"])
def images(request):
    return request.getfixturevalue(request.param)
