namespace SupSup.Core.Kernels;

/// <summary>
/// The weights of a sparse convolution by what they add to: for each output plane where in the input its kept weights look, those of
/// positive sign first. A network's weights are all of one size, so that is all there is to know of them.
/// </summary>
internal sealed class PlaneTaps
{
    private readonly int[] _starts;
    private readonly int[] _negatives;
    private int[] _offsets = [];

    /// <summary>Makes room.</summary>
    /// <param name="planes">Output planes.</param>
    public PlaneTaps(int planes) => (_starts, _negatives) = (new int[planes + 1], new int[planes]);

    /// <summary>Output planes.</summary>
    public int Planes => _negatives.Length;

    /// <summary>Floats from a grid pixel's place in the input to each weight's, plane after plane.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    public long MemoryBytes => sizeof(int) * ((long)_offsets.Length + _starts.Length + _negatives.Length);

    /// <summary>Where in <see cref="Offsets"/> a plane's weights begin.</summary>
    /// <param name="plane">The plane; the one after the last for the end.</param>
    public int Start(int plane) => _starts[plane];

    /// <summary>Where in <see cref="Offsets"/> a plane's negative weights begin.</summary>
    /// <param name="plane">The plane.</param>
    public int Negatives(int plane) => _negatives[plane];

    /// <summary>Sorts weights into the lists.</summary>
    /// <param name="planes">The output plane of each kept weight.</param>
    /// <param name="offsets">Where in the input it looks.</param>
    /// <param name="negative">Whether it is negative.</param>
    /// <param name="count">How many there are.</param>
    public void Set(int[] planes, int[] offsets, bool[] negative, int count)
    {
        if (_offsets.Length < count) _offsets = new int[count];
        Array.Clear(_starts);
        int[] positives = new int[Planes];
        for (int n = 0; n < count; n++)
        {
            _starts[planes[n] + 1]++;
            if (!negative[n]) positives[planes[n]]++;
        }

        for (int plane = 0; plane < Planes; plane++)
        {
            _starts[plane + 1] += _starts[plane];
            _negatives[plane] = _starts[plane];
            positives[plane] += _starts[plane];
        }

        // Negatives go behind the positives, each in the order of the weights.
        for (int n = 0; n < count; n++)
        {
            int plane = planes[n];
            _offsets[negative[n] ? positives[plane]++ : _negatives[plane]++] = offsets[n];
        }
    }
}
