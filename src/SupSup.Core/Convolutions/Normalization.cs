using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Teams;

namespace SupSup.Core.Convolutions;

/// <summary>Normalises channels by the batch's statistics or by given ones, and applies what follows.</summary>
internal sealed unsafe class Normalization : PlaneOperation
{
    private readonly PlaneActivation _activation;
    private readonly float[] _means;
    private readonly float[] _inverses;
    private readonly double[] _variances;
    private ChannelStatistics? _statistics;
    private int _first;
    private double _values;
    private double[] _divergences = [];

    public Normalization(PlaneValue input, PlaneValue output, PlanStep.Normalize step, PlaneActivation activation)
        : base(input, output)
    {
        (IsOfBatch, _activation) = (step.OfBatch, activation);
        (_means, _inverses, _variances) = (new float[step.Channels], new float[step.Channels], new double[step.Channels]);
        Running = [.. new float[step.Channels], .. Enumerable.Repeat(1f, step.Channels)];
    }

    /// <summary>Whether it always goes by the batch.</summary>
    public bool IsOfBatch { get; }

    /// <summary>Whether it goes by the batch's statistics now.</summary>
    public bool MeasuresBatch { get; set; }

    /// <summary>Whether it measures how far the channels of each picture are from those of the task.</summary>
    public bool MeasuresDivergence { get; set; }

    public int Channels => _means.Length;

    /// <summary>Running means, then variances.</summary>
    public float[] Running { get; }

    /// <summary>Takes the statistics of a task.</summary>
    /// <param name="statistics">Those of all normalised channels of the network.</param>
    /// <param name="first">Which of them is the first here.</param>
    public void Set(ChannelStatistics statistics, int first)
    {
        (_statistics, _first) = (statistics, first);
        for (int n = 0; n < Channels; n++)
        {
            _means[n] = (float)statistics.Means[first + n];
            _inverses[n] = Inverse((float)statistics.Variances[first + n]);
        }
    }

    /// <summary>See <see cref="ChannelDivergence"/>; of the last batch, where it measures that.</summary>
    /// <param name="row">Which example.</param>
    public double Divergence(int row)
    {
        double sum = 0;
        for (int channel = 0; channel < Channels; channel++) sum += _divergences[(row * Channels) + channel];
        return sum / Channels;
    }

    /// <summary>Lets the running statistics follow those of the last batch, whose variance counts without bias.</summary>
    public void Follow()
    {
        const float Momentum = PlanStep.Normalize.Momentum;
        double unbiased = _values > 1 ? _values / (_values - 1) : 1;
        for (int n = 0; n < Channels; n++)
        {
            Running[n] += Momentum * (_means[n] - Running[n]);
            Running[Channels + n] += Momentum * ((float)(_variances[n] * unbiased) - Running[Channels + n]);
        }
    }

    public override void Forward(PlaneBatch batch, ITeam team)
    {
        _values = (double)batch.Rows * Input.Shape.Area;
        if (MeasuresDivergence && _divergences.Length < batch.Rows * Channels) _divergences = new double[batch.Rows * Channels];
        team.Run(Channels, channel =>
        {
            (Planes from, Planes to) = (Input.Data, Output.Data);
            if (MeasuresBatch || IsOfBatch) Measure(batch, channel);
            if (MeasuresDivergence) Diverge(batch, channel);
            for (int block = 0; block < batch.Blocks; block++)
            {
                Kernels.Normalize(
                    from.Run, from.At(block, channel), _means[channel], _inverses[channel], _activation, batch.Examples(block),
                    to.At(block, channel), to.Row);
            }
        });
    }

    public override void Backward(PlaneBatch batch, ITeam team) => team.Run(Channels, channel =>
    {
        (Planes values, Planes above, Planes to) = (Input.Data, Output.Gradient!, Input.Gradient!);
        (double sum, double product) = (0, 0);
        for (int block = 0; block < batch.Blocks; block++)
        {
            Kernels.GradientMoments(
                values.Run, values.At(block, channel), _means[channel], _inverses[channel], _activation, above.At(block, channel),
                above.Row, &sum, &product);
        }

        PlaneBack back = new(_means[channel], _inverses[channel], (float)(sum / _values), (float)(product / _values));
        for (int block = 0; block < batch.Blocks; block++)
        {
            Kernels.NormalizeBack(
                values.Run, values.At(block, channel), back, _activation, above.At(block, channel), above.Row, batch.Examples(block),
                AddsGradient, to.At(block, channel), to.Row);
        }
    });

    /// <summary>One over the deviation of a channel.</summary>
    /// <param name="variance">Its variance.</param>
    public static float Inverse(double variance) => (float)(1 / Math.Sqrt(variance + PlanStep.Normalize.Epsilon));

    private void Diverge(PlaneBatch batch, int channel)
    {
        Planes from = Input.Data;
        const int Room = ChannelDivergence.Columns * Planes.Lanes;
        Span<double> sums = stackalloc double[Room], squares = stackalloc double[Room];
        (double mean, double variance) = ((double)_statistics!.Means[_first + channel], (double)_statistics.Variances[_first + channel]);
        for (int row = 0; row < batch.Rows; row++)
        {
            int lane = row % Planes.Lanes;
            if (lane == 0) ChannelDivergence.Sum(from.At(row / Planes.Lanes, channel), from.Shape, from.Row, Planes.Lanes, sums, squares);
            _divergences[(row * Channels) + channel] = ChannelDivergence.Of(sums[lane], squares[lane], from.Shape.Area, mean, variance);
        }
    }

    // Lanes that are no example are zero and add nothing.
    private void Measure(PlaneBatch batch, int channel)
    {
        (double sum, double squares) = (0, 0);
        for (int block = 0; block < batch.Blocks; block++)
            Kernels.Moments(Input.Data.Run, Input.Data.At(block, channel), &sum, &squares);
        double mean = sum / _values;
        _variances[channel] = Math.Max(0, (squares / _values) - (mean * mean));
        (_means[channel], _inverses[channel]) = ((float)mean, Inverse(_variances[channel]));
    }
}
