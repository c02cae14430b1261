namespace SupSup.Core.Banks;

/// <summary>The upper tail of the standard normal distribution.</summary>
internal static class NormalTail
{
    /// <summary>The probability of more than <paramref name="x"/>.</summary>
    /// <remarks>Laplace's continued fraction from 3 on, where it converges fast; below, the series of Marsaglia (2004).</remarks>
    public static double Above(double x)
    {
        if (x < 0) return 1 - Above(-x);
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (x < 3)
        {
            (double sum, double term) = (x, x);
            for (int n = 3; n < 120; n += 2) sum += term *= x * x / n;
            return 0.5 - (sum * density);
        }

        double fraction = x;
        for (int n = 60; n > 0; n--) fraction = x + (n / fraction);
        return density / fraction;
    }

    /// <summary>The value that is exceeded with a probability.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    /// <remarks>Abramowitz and Stegun 26.2.23, within .0005.</remarks>
    public static double Quantile(double probability)
    {
        if (probability > 0.5) return -Quantile(1 - probability);
        double t = Math.Sqrt(-2 * Math.Log(probability));
        return t - ((2.515517 + (0.802853 * t) + (0.010328 * t * t)) / (1 + (1.432788 * t) + (0.189269 * t * t) + (0.001308 * t * t * t)));
    }
}
