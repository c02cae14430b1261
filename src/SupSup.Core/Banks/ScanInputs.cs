namespace SupSup.Core.Banks;

/// <summary>One layer's input for one image, as scans use it: what differs from the background, in runs of like values.</summary>
internal sealed class ScanInputs
{
    /// <summary>Sorts a layer's input.</summary>
    /// <param name="input">The values, [in].</param>
    /// <param name="background">The value of those that need not be read.</param>
    /// <param name="runSpread">The share of the largest difference from it by which the values of a run may differ.</param>
    public ScanInputs(ReadOnlySpan<float> input, float background, float runSpread)
    {
        (float[] keys, int[] inputs) = (new float[input.Length], new int[input.Length]);
        int found = 0;
        for (int i = 0; i < input.Length; i++)
        {
            Sum += input[i];
            SumOfSquares += (double)input[i] * input[i];
            if (input[i] != background) (keys[found], inputs[found++]) = (-input[i], i);
        }

        Array.Sort(keys, inputs, 0, found);
        (Count, Background, Sorted) = (input.Length, background, new ScanInput[found]);
        for (int n = 0; n < found; n++) Sorted[n] = new ScanInput(inputs[n], -keys[n]);
        float spread = found == 0 ? 0
            : runSpread * MathF.Max(MathF.Abs(Sorted[0].Value - background), MathF.Abs(Sorted[^1].Value - background));
        List<ScanInputRun> runs = [];
        for (int start = 0, end = 0; start < found; start = end)
        {
            end = start + 1;
            while (end < found && Sorted[start].Value - Sorted[end].Value <= spread) end++;
            runs.Add(ScanInputRun.Of(Sorted, start, end - start, background));
            LargestSquare = Math.Max(LargestSquare, runs[^1].MeanSquare);
        }

        Runs = [.. runs];
    }

    /// <summary>Number of inputs.</summary>
    public int Count { get; }

    /// <summary>The value that most inputs may have.</summary>
    public float Background { get; }

    /// <summary>Sum of all inputs.</summary>
    public double Sum { get; }

    /// <summary>Sum of all inputs' squares.</summary>
    public double SumOfSquares { get; }

    /// <summary>The inputs that differ from the background, largest first.</summary>
    public ScanInput[] Sorted { get; }

    /// <summary>Neighbours among them that are alike.</summary>
    public ScanInputRun[] Runs { get; }

    /// <summary>The largest mean square of a run.</summary>
    public double LargestSquare { get; }
}
