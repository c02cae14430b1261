namespace SupSup.Core.Optimizers;

/// <summary>The scalars of one optimiser step, the same for every score of a layer.</summary>
/// <param name="Rate">Learning rate, with what the optimiser folds into it.</param>
/// <param name="Correction">Bias correction of the root mean square; 1 where there is none.</param>
public readonly record struct StepSize(float Rate, float Correction);
