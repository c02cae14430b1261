using System.Runtime.Intrinsics;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Convolutions;

/// <summary>
/// How far the channels of one picture are from what a task's are: the Kullback-Leibler divergence of a normal distribution with a
/// channel's mean and variance over its pixels from one with those that the task has for it, as a mean over channels.
/// </summary>
internal static unsafe class ChannelDivergence
{
    /// <summary>Columns that are added up side by side.</summary>
    public const int Columns = 4;

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

    /// <summary>Sums of a channel over columns that are equal modulo four, then of these four: the same bits of a picture alone and among
    /// others.</summary>
    /// <param name="plane">The first pixel.</param>
    /// <param name="shape">Planes of a picture.</param>
    /// <param name="row">Floats from one row to the next.</param>
    /// <param name="pictures">Pictures side by side, floats from one pixel to the next: 1, or a multiple of 4.</param>
    /// <param name="sums">Room for [4, pictures]; receives the sum of each picture first.</param>
    /// <param name="squares">The same of the sums of squares.</param>
    public static void Sum(float* plane, PlaneShape shape, int row, int pictures, Span<double> sums, Span<double> squares)
    {
        (int width, int period) = (shape.Columns * pictures, Columns * pictures);
        sums.Clear();
        squares.Clear();
        fixed (double* sum = sums, square = squares)
        {
            for (int y = 0; y < shape.Rows; y++)
            {
                float* from = plane + ((nint)y * row);
                int n = 0;
                for (; n <= width - Columns; n += Columns)
                {
                    int at = n % period;
                    Vector256<double> values = Vector256.WidenLower(Vector128.Load(from + n).ToVector256Unsafe());
                    (Vector256.Load(sum + at) + values).Store(sum + at);
                    (Vector256.Load(square + at) + (values * values)).Store(square + at);
                }

                for (; n < width; n++)
                {
                    double value = from[n];
                    sum[n % period] += value;
                    square[n % period] += value * value;
                }
            }
        }

        for (int n = 0; n < pictures; n++) (sums[n], squares[n]) = (Fold(sums, n, pictures), Fold(squares, n, pictures));
    }

    private static double Fold(ReadOnlySpan<double> sums, int n, int pictures) =>
        sums[n] + sums[n + pictures] + (sums[n + (2 * pictures)] + sums[n + (3 * pictures)]);
}
