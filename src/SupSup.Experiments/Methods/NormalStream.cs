using SupSup.Core.Random;

namespace SupSup.Experiments.Methods;

/// <summary>Standard normal numbers from a counter-based stream (Box and Muller 1958).</summary>
internal sealed class NormalStream(ulong seed, StreamPurpose purpose, int lane)
{
    private readonly RandomStream _uniform = new(seed, purpose, lane);
    private double? _second;

    public double Next()
    {
        if (_second is { } second)
        {
            _second = null;
            return second;
        }

        double radius = Math.Sqrt(-2 * Math.Log(1 - _uniform.NextSingle())); // of (0, 1]
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * _uniform.NextSingle());
        _second = radius * sine;
        return radius * cosine;
    }
}
