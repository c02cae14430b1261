using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class ReluTests
{
    public static TheoryData<int> Lengths => AwkwardLengths.All;

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Given_an_awkward_length_when_applied_and_gated_then_only_positive_units_are_active(int length)
    {
        float[] before = RandomData.Floats(length, 1);
        for (int n = 0; n < length; n += 5)
            before[n] = 0;
        float[] gradients = RandomData.Floats(length, 2);
        float[] outputs = [.. before];
        float[] deltas = [.. gradients];

        Relu.Apply(outputs);
        Relu.Gate(outputs, deltas);

        Assert.Equal(before.Select(value => value > 0 ? value : 0), outputs);
        Assert.Equal(gradients.Zip(before, (gradient, value) => value > 0 ? gradient : 0), deltas);
    }
}
