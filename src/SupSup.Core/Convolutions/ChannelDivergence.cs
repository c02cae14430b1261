using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Convolutions;

/// <summary>
/// How far the channels of one picture are from what a task's are: the Kullback-Leibler divergence of a normal distribution with a
/// channel's mean and variance over its pixels from one with those that the task has for it, as a mean over channels.
/// </summary>
internal static unsafe class ChannelDivergence
{
    /// <summary>The divergence of one channel, in nats.</summary>
    /// <param name="sum">Sum of its values.</param>
    /// <param name="squares">Sum of their squares.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="mean">The mean that is usual.</param>
    /// <param name="variance">The variance that is usual.</param>
    public static double Of(double sum, double squares, int count, double mean, double variance)
    {
        double own = sum / count, usual = variance + PlanStep.Normalize.Epsilon, apart = own - mean;
        double ratio = (Math.Max(0, (squares / count) - (own * own)) / usual) + Evidence.LeastVariance;
        return 0.5 * (ratio + (apart * apart / usual) - 1 - Math.Log(ratio));
    }

    /// <summary>Sums of a channel, pixel after pixel: the same bits of a picture alone and among others.</summary>
    /// <param name="plane">The first pixel.</param>
    /// <param name="shape">Planes of a picture.</param>
    /// <param name="row">Floats from one row to the next.</param>
    /// <param name="pictures">Pictures side by side: floats from one pixel to the next.</param>
    /// <param name="sums">Receives the sum of each picture.</param>
    /// <param name="squares">Receives the sum of each picture's squares.</param>
    public static void Sum(float* plane, PlaneShape shape, int row, int pictures, Span<double> sums, Span<double> squares)
    {
        sums.Clear();
        squares.Clear();
        for (int y = 0; y < shape.Rows; y++)
        {
            float* pixel = plane + ((nint)y * row);
            for (int x = 0; x < shape.Columns; x++, pixel += pictures)
            {
                for (int n = 0; n < pictures; n++)
                {
                    double value = pixel[n];
                    sums[n] += value;
                    squares[n] += value * value;
                }
            }
        }
    }
}
