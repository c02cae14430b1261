using System.Text.Json;

namespace SupSup.Core.Tests.Networks;

/// <summary>
/// The test vectors of weight generator version 1, weights-v1.json. They were computed by a program of its own from
/// docs/formats.md and must never change.
/// </summary>
internal sealed record WeightVectors(string Shape, string Seed, string Hash, WeightVectors.Layer[] Layers)
{
    public static WeightVectors[] Load() =>
        JsonSerializer.Deserialize<WeightVectors[]>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Networks", "weights-v1.json")), JsonSerializerOptions.Web)!;

    /// <summary>What one layer must give.</summary>
    /// <param name="FirstSignBytes">Up to 16 sign bytes, in hexadecimal.</param>
    /// <param name="SignsXxh128">XXH128 of all sign bytes, in its usual notation.</param>
    /// <param name="ScaleBits">The bits of the float c, in hexadecimal.</param>
    internal sealed record Layer(string FirstSignBytes, string SignsXxh128, string ScaleBits);
}
