using SupSup.Core.Banks;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed unsafe class LaneKernelsTests
{
    public static TheoryData<string> Shapes => [.. BankData.AwkwardShapes];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Given_a_masks_bits_when_multiplied_then_the_product_is_the_plain_sum_and_all_widths_agree(string sizes)
    {
        FixedNetwork network = BankData.Network(sizes);
        TaskMask[] masks = RandomData.Masks(network.Shape, 17, 1);
        BankSnapshot bank = BankData.Bank(network, masks).Snapshot;
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            foreach (int lane in new[] { 0, 7, 8, 15, 16 })
            {
                foreach (int share in new[] { 1, 3 })
                {
                    // Every input, or every third.
                    SparseEntry[] entries = [.. RandomData.Floats(network.Shape.Layers[l].FanIn, l)
                        .Select((value, input) => new SparseEntry(input, value)).Where(entry => entry.Index % share == 0)];
                    float[] before = RandomData.Floats(AlignedFloats.Width(network.Shape.Layers[l].Outputs), 9);
                    float[] expected = Multiply(bank, l, lane, entries, before, 512);
                    Bits.AssertSame(expected, Multiply(bank, l, lane, entries, before, 256), "256");
                    Bits.AssertSame(expected, Multiply(bank, l, lane, entries, before, 128), "128");
                    Bits.AssertSame(expected, Multiply(bank, l, lane, entries, before, 0), "this processor's");
                    AssertPlain(network, masks[lane], l, entries, before, expected);
                }
            }
        }
    }

    private static void AssertPlain(FixedNetwork network, TaskMask mask, int l, SparseEntry[] entries, float[] before, float[] actual)
    {
        LayerShape shape = network.Shape.Layers[l];
        for (int j = 0; j < before.Length; j++)
        {
            double expected = before[j];
            foreach (SparseEntry entry in entries)
                if (j < shape.Outputs && mask[l, j, entry.Index])
                    expected += (double)entry.Value * network.Weights(l)[(j * shape.FanIn) + entry.Index];
            Assert.Equal(expected, actual[j], 1e-5);
        }
    }

    private static float[] Multiply(BankSnapshot bank, int l, int lane, SparseEntry[] entries, float[] before, int bits)
    {
        LayerLayout layout = bank.Layout.Layers[l];
        float[] output = [.. before];
        float* weights = bank.Network.WeightsByInput(l).Start;
        fixed (SparseEntry* e = entries)
        fixed (byte* signs = bank.Signs.Bits)
        fixed (float* o = output)
        {
            byte* mask = bank.Blocks[lane / BlockLayout.Lanes].Start + layout.Offset + BlockLayout.Place(lane % BlockLayout.Lanes);
            byte* sign = signs + (layout.Offset / BlockLayout.Lanes);
            switch (bits)
            {
                case 512:
                    LaneKernels.Multiply<Float512>(e, entries.Length, mask, sign, layout, weights, output.Length, o);
                    break;
                case 256:
                    LaneKernels.Multiply<Float256>(e, entries.Length, mask, sign, layout, weights, output.Length, o);
                    break;
                case 128:
                    LaneKernels.Multiply<Float128>(e, entries.Length, mask, sign, layout, weights, output.Length, o);
                    break;
                default:
                    LaneKernels.Multiply(e, entries.Length, mask, sign, layout, weights, output.Length, o);
                    break;
            }
        }

        GC.KeepAlive(bank);
        return output;
    }
}
