using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>What is being trained, as those see it who look on.</summary>
/// <param name="Curve">Its losses.</param>
/// <param name="Progress">How far it came; also once it has ended.</param>
internal sealed record TrainingUnderWay(LossCurve Curve, Func<TrainingProgress> Progress);
