using System.Runtime.InteropServices;
using SupSup.Core.Networks;
using SupSup.Peers;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Peers;

public sealed class FloorTests
{
    [Fact]
    public void Given_three_layers_when_run_then_eight_products_are_what_libtorch_makes_of_their_operands()
    {
        using var products = new DenseProducts(NetworkPlan.Dense(37, [19, 11], 13).Shape, 5);

        products.Run();

        Assert.Equal(8, products.Products.Length);
        Assert.Equal(2 * 5 * ((3 * ((19 * 11) + (11 * 13))) + (2 * 37 * 19)), products.Operations);
        Assert.All(products.Products, product =>
        {
            using Tensor expected = product.Left.matmul(product.Right);
            Assert.True(product.Result.allclose(expected, 1e-4, 1e-4));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData(256)]
    [InlineData(4097)]
    public void Given_any_size_when_read_then_the_sum_is_that_of_a_plain_loop(int bytes)
    {
        using var read = new BankRead(bytes);

        Assert.Equal((bytes + 63) / 64 * 64, read.Bytes);
        ulong expected = 0;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(read.Memory)) expected += word;
        Assert.Equal(expected, read.Sum());
    }
}
