"""The checker that reads jaxtyping's annotations: beartype, with int accepted as float."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
