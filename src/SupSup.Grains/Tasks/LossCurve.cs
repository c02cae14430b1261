using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tasks;

/// <summary>
/// The losses of a training, thinned to a few evenly spread points: when they are as many as may be, neighbours are joined and each
/// point stands for twice as many batches from then on. Written by one thread while others read.
/// </summary>
internal sealed class LossCurve
{
    private const int MostPoints = 128;

    private readonly Lock _lock = new();
    private readonly List<LossPoint> _points = new(MostPoints);
    private int _perPoint = 1;
    private int _gathered;
    private double _sum;
    private int _last;

    /// <summary>Adds the loss of a batch.</summary>
    /// <param name="batch">Batches trained.</param>
    /// <param name="loss">Its loss.</param>
    public void Add(int batch, float loss)
    {
        lock (_lock)
        {
            if (batch <= _last) GoBack(batch);
            _last = batch;
            _sum += loss;
            if (++_gathered < _perPoint) return;
            _points.Add(new LossPoint(batch, (float)(_sum / _gathered)));
            (_gathered, _sum) = (0, 0);
            if (_points.Count == MostPoints) Thin();
        }
    }

    /// <summary>The points so far; the last stands for the batches since the one before, which may be fewer.</summary>
    public ImmutableArray<LossPoint> Points()
    {
        lock (_lock) return _gathered > 0 ? [.. _points, new LossPoint(_last, (float)(_sum / _gathered))] : [.. _points];
    }

    // The silo that trained was lost, and what came after its last checkpoint is trained again.
    private void GoBack(int batch)
    {
        _points.RemoveAll(point => point.Batch >= batch);
        (_gathered, _sum) = (0, 0);
    }

    private void Thin()
    {
        for (int n = 0; n < MostPoints / 2; n++)
            _points[n] = new LossPoint(_points[(2 * n) + 1].Batch, (_points[2 * n].Loss + _points[(2 * n) + 1].Loss) / 2);
        _points.RemoveRange(MostPoints / 2, MostPoints / 2);
        _perPoint *= 2;
    }
}
