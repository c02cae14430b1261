namespace SupSup.Core.Tasks;

/// <summary>An image of a task that was decoded and is not normalised yet.</summary>
/// <param name="Levels">Level 0, and then those of the image; from the shared pool.</param>
/// <param name="Label">The task's class.</param>
internal readonly record struct DecodedImage(byte[] Levels, int Label);
