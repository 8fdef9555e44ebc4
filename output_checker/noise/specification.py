"""What a query says about noise: how much privacy it spends, and so which law the noise has."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from output_checker.documents import Part
from output_checker.errors import QueryError
from output_checker.text import Text

LARGEST_EPSILON = 10
LARGEST_RHO = 5
DECIMALS = 6

Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Noise(Part):
    """Either ``epsilon`` (pure differential privacy, discrete Laplace noise) or ``rho`` (zero-concentrated, discrete
    Gaussian noise, for many small questions); at most six decimals.

    Nothing else can be chosen: bounds, categories and the rows of a unit are the catalogue's, and there is no seed.
    """

    epsilon: Annotated[Amount, Field(le=LARGEST_EPSILON)] | None = None
    rho: Annotated[Amount, Field(le=LARGEST_RHO)] | None = None

    @field_validator("epsilon", "rho")
    @classmethod
    def _few_decimals(cls, given: float | None) -> float | None:
        if given is not None and _exact(given) != round(_exact(given), DECIMALS):
            message = Text(
                nl=f"Een budget heeft hoogstens {DECIMALS} decimalen.",
                en=f"A budget has at most {DECIMALS} decimals.",
            )
            raise QueryError(message, field="noise")
        return given

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "Noise":
        if (self.epsilon is None) == (self.rho is None):
            message = Text(nl="Geef epsilon of rho.", en="Give epsilon or rho.")
            raise QueryError(message, field="noise")
        return self

    @property
    def amount(self) -> Fraction:
        """The epsilon or the rho, exactly as it was written."""
        return _exact(self.rho if self.epsilon is None else self.epsilon)

    @property
    def pure(self) -> bool:
        """Whether the guarantee is pure epsilon."""
        return self.epsilon is not None

    @property
    def words(self) -> Text:
        """The circumstance in a reviewer's sentence."""
        spent = f"epsilon {self.epsilon:g}" if self.epsilon is not None else f"rho {self.rho:g}"
        return Text(nl=f"met ruis, {spent.replace('.', ',')}", en=f"with noise, {spent}")


def _exact(amount: float | None) -> Fraction:
    return Fraction(Decimal(str(amount)))
