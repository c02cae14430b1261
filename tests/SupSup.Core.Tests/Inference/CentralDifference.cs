namespace SupSup.Core.Tests.Inference;

/// <summary>A derivative by definition, in double.</summary>
internal static class CentralDifference
{
    private const double Step = 1e-5;

    /// <summary>∂f/∂x_j, right to about 1e-9 for functions of order one.</summary>
    public static double Of(Func<double[], double> function, float[] at, int j)
    {
        double[] above = [.. at.Select(x => (double)x)];
        double[] below = [.. above];
        above[j] += Step;
        below[j] -= Step;
        return (function(above) - function(below)) / (2 * Step);
    }
}
