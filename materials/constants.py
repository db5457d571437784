"""Physical constants (SI, CODATA 2018) and the reference temperature."""

FARADAY = 96485.33212  # C/mol
GAS_CONSTANT = 8.314462618  # J/(mol K)
BOLTZMANN = 1.380649e-23  # J/K
AVOGADRO = 6.02214076e23  # 1/mol
VACUUM_PERMITTIVITY = 8.8541878128e-12  # F/m
REFERENCE_TEMPERATURE = 298.15  # K, the temperature the library's values stand for


def thermal_voltage(temperature: float) -> float:
    """Return RT/F in V at `temperature` in K (25.7 mV at 298.15 K)."""
    return GAS_CONSTANT * temperature / FARADAY
