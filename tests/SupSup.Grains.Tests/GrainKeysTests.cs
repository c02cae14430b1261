using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests;

public sealed class GrainKeysTests
{
    [Theory]
    [InlineData("m", 0)]
    [InlineData("Модель-7.b_c", 2147483647)]
    public void Given_a_model_and_an_index_when_joined_and_split_then_they_come_back(string model, int index) =>
        Assert.Equal((model, index), GrainKeys.Split(GrainKeys.Task(model, index)));

    [Theory]
    [InlineData("m")]
    [InlineData("/1")]
    [InlineData("m/")]
    [InlineData("m/-1")]
    [InlineData("m/07")]
    [InlineData("m/+7")]
    [InlineData("m/ 7")]
    [InlineData("m/7/")]
    [InlineData("a/b/7")]
    [InlineData("m/2147483648")]
    public void Given_a_key_of_another_form_when_split_then_it_is_refused(string key) =>
        Assert.Contains(key.Split('/')[0], Assert.Throws<SupSupException>(() => GrainKeys.Split(key)).Message, StringComparison.Ordinal);
}
