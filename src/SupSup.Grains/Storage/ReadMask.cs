using SupSup.Core.Masks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Storage;

/// <summary>The outcome of reading a stored mask: one of both is null.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Failure">Why it cannot be read.</param>
internal readonly record struct ReadMask(TaskMask? Mask, MaskFailure? Failure);
