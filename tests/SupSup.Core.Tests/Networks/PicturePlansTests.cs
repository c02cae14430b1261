using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Networks;

public sealed class PicturePlansTests
{
    [Theory]
    [InlineData("resnet18-20/3x32x32-5", 21, 1_090_940, 1_500)]
    [InlineData("ResNet50/3x224x224-10", 54, 23_475_392, 26_560)]
    [InlineData("resnet18/3x224x224-1000", 21, 11_678_912, 4_800)]
    [InlineData("conv8-norm-relu-max2-conv16:5:2-norm-swish-average/1x28x28-10", 3, 8 * 9 + 16 * 8 * 25 + 160, 24)]
    [InlineData("conv4-relu-flatten-64-relu/2x4x6-3", 3, 4 * 2 * 9 + 64 * 4 * 24 + 3 * 64, 0)]
    public void Given_a_network_over_pictures_when_parsed_then_it_has_the_matrices_weights_and_channels_of_its_authors(
        string text, int layers, int weights, int channels)
    {
        NetworkPlan plan = Plans.Parse(text);

        Assert.Equal((layers, weights, channels), (plan.Shape.Layers.Length, plan.Shape.ParameterCount, plan.NormalizedChannels));
        Assert.Equal(text, plan.ToString(), ignoreCase: true);
        Assert.Equal(plan.ToString(), Plans.Parse(plan.ToString()).ToString());
        Assert.False(plan.IsDense);
    }

    [Theory]
    [InlineData(1, 2_868)]
    [InlineData(2, 5_736)]
    [InlineData(4, 11_212)]
    [InlineData(8, 21_944)]
    [InlineData(16, 42_670)]
    [InlineData(32, 81_394)]
    public void Given_the_density_of_a_random_graph_when_masked_then_as_many_weights_are_kept_as_in_the_authors_code(int k, int kept)
    {
        TopKMaskRule rule = new($"er-{k}");

        NetworkShape shape = Plans.Parse("resnet18-20/3x32x32-5").Shape;

        Assert.Equal(kept, shape.Layers.Sum(layer => rule.Kept(layer.Outputs, layer.Inputs, layer.Window)));
    }

    [Fact]
    public void Given_a_plan_in_json_when_parsed_then_it_is_that_of_the_same_text()
    {
        const string Json = """
            {"inputs": [3, 32, 32], "outputs": 5, "steps":
                ["conv8", "norm", {"body": ["conv16:3:2", "norm"], "shortcut": ["conv16:1:2", "norm"]}, {"body": ["conv16", "norm"]},
                 "average", 20]}
            """;

        NetworkPlan plan = Plans.Parse(Json);

        Assert.Equal("conv8-norm-res(conv16:3:2-norm|conv16:1:2-norm)-res(conv16-norm)-average-20/3x32x32-5", plan.ToString());
    }

    [Theory]
    [InlineData("""{"steps": ["conv8", {"body": ["conv8", "norm"], "shortcut": []}, "average"]}""")]
    [InlineData("""{"inputs": [3, 8, 8], "steps": ["conv8", {"body": ["conv8", "norm"]}, "average"]}""")]
    [InlineData("""{"outputs": 10, "inputs": [3, 8, 8], "steps": ["conv8-res(conv8-norm)-average"]}""")]
    public void Given_json_without_sizes_or_shortcut_when_made_for_data_then_they_are_the_datas_and_the_input_itself(string json)
    {
        Assert.Equal("conv8-res(conv8-norm)-average/3x8x8-10", Plans.Of(json, new PlaneShape(3, 8, 8), 10).ToString());
        Plans.Check(json);
    }

    [Fact]
    public void Given_the_json_of_the_documents_when_parsed_then_it_is_the_plan_that_it_says()
    {
        string json = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "formats.md"))
            .Single(line => line.StartsWith("{\"inputs\"", StringComparison.Ordinal));

        Assert.Equal("conv32-norm-relu-res(conv32-norm)-average/3x32x32-10", Plans.Parse(json).ToString());
    }

    [Theory]
    [InlineData("""{"inputs": [3, 8, 8], "steps": ["average"]}""", "inputs 3x8x8, but the data have 3x4x16")]
    [InlineData("""{"inputs": [1, 8, 24], "steps": ["average"]}""", "inputs 1x8x24, but the data have 3x4x16")]
    [InlineData("""{"inputs": [784], "steps": ["300"]}""", "inputs 784, but the data have 3x4x16")]
    [InlineData("""{"outputs": 12, "steps": ["average"]}""", "outputs 12, but 10")]
    public void Given_json_with_other_inputs_or_outputs_than_the_datas_when_made_for_them_then_it_is_refused(string json, string words)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Of(json, new PlaneShape(3, 4, 16), 10));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("{\"inputs\": [3, 8, 8],\n \"outputs\": 5, steps: []}", "line 2, column 16")]
    [InlineData("{\"inputs\": [3, 8, 8]", "line 1, column")]
    [InlineData("""{"inputs": [3, 8, 8], "steps": ["average"]}""", "no \"outputs\"")]
    [InlineData("""{"outputs": 5, "steps": ["average"]}""", "no \"inputs\"")]
    [InlineData("""{"inputs": [3, 8, 8], "outputs": 5}""", "no \"steps\"")]
    [InlineData("""{"inputs": [3, 8], "outputs": 5, "steps": ["average"]}""", "[3, 8]")]
    [InlineData("""{"inputs": [3, 8, 8], "outputs": "5", "steps": ["average"]}""", "outputs is 5, not a whole number")]
    [InlineData("""{"inputs": [3, 8, 8], "outputs": 5, "steps": []}""", "\"steps\" is []")]
    [InlineData("""{"inputs": [3, 8, 8], "outputs": 5, "steps": [["average"]]}""", "no step")]
    [InlineData("""{"inputs": [3, 8, 8], "outputs": 5, "steps": [{"bodies": ["relu"]}]}""", "unknown \"bodies\"; use body, shortcut")]
    [InlineData("""{"inputs": [3, 8, 8], "output": 5, "steps": ["average"]}""", "unknown \"output\"; use inputs, outputs, steps")]
    public void Given_json_that_is_no_plan_when_parsed_then_one_line_says_what_and_where(string json, string words)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Parse(json));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("nets/plan.json", "a file is not read here, or there is none of this name")]
    [InlineData("nets/plan", "there is no such file")]
    [InlineData("resnet18-20/3x24x24-12", "leave '/3x24x24-12' out")]
    [InlineData("lenet-300-100/784-500", "leave '/784-500' out")]
    public void Given_a_file_or_a_whole_plan_when_steps_are_wanted_then_the_error_says_what_to_do(string network, string words)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Of(network, new PlaneShape(3, 24, 24), 12));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("conv8-what-average/3x32x32-5", "'what'")]
    [InlineData("res(conv8-norm)/3x32x32-5", "cannot be added")]
    [InlineData("resnet18-20/3x32-5", "unknown plan")]
    [InlineData("resnet/3x32x32-5", "resnet18-20")]
    [InlineData("conv8-10-conv8/3x8x8-5", "flatten")]
    [InlineData("max9/3x8x8-5", null)]
    [InlineData("max2-max2/3x3x3-5", "too small")]
    [InlineData("conv8:3:0/3x8x8-5", "the 1st step, conv8:3:0, has stride 0; use 1 to 1048576")]
    [InlineData("relu-conv0-average/3x8x8-5", "the 2nd step, conv0, has outputs 0; use 1 to 1048576")]
    [InlineData("conv99999999-average/3x8x8-5", "conv99999999, has outputs 99999999; use 1 to 1048576")]
    [InlineData("conv99999999999-average/3x8x8-5", "has outputs 99999999999; use 1 to 1048576")]
    [InlineData("max3:0-average/3x8x8-5", "max3:0, has stride 0; use 1 to 1048576")]
    [InlineData("average-0/3x8x8-5", "the 2nd step, 0, has outputs 0")]
    [InlineData("conv8:3:1:1-average/3x8x8-5", "has 4 numbers; use at most 3: outputs:window:stride")]
    [InlineData("conv8:65537-average/3x65537x2-5", "too many weights")]
    [InlineData("conv1048576-average/3x224x224-5", "the 1st step, conv1048576, makes 1048576x224x224 values")]
    [InlineData("conv8-res(conv8-norm/3x8x8-5", "'(' at character 10 is not closed")]
    [InlineData("conv8-relu)-average/3x8x8-5", "')' at character 11 closes nothing")]
    [InlineData("conv16-/3x8x8-5", "the 2nd step is empty")]
    [InlineData("-conv16/3x8x8-5", "the 1st step is empty")]
    [InlineData("relu-res(conv3|)/3x8x8-5", "the 1st step in the shortcut of the 2nd step is empty")]
    [InlineData("conv8-nrom-average/3x8x8-5", "the 2nd step is an unknown step 'nrom'")]
    [InlineData("conv8-nrom-average/3x8x8-5", "did you mean 'norm'?")]
    [InlineData("cnov16-average/3x8x8-5", "did you mean 'conv'?")]
    [InlineData("resnet18-21/3x8x8-5", "unknown network 'resnet18-21'")]
    [InlineData("resnet18-21/3x8x8-5", "did you mean 'resnet18-20'?")]
    [InlineData("averag/3x8x8-5", "did you mean 'average'?")]
    [InlineData("conv16-relu-average/3x24x24", "has no output size; add it, as in 'conv16-relu-average/3x24x24-12'")]
    [InlineData("conv8-max2-max2-max2-max2/3x8x8-5", "the 5th step, max2, does not fit: planes of 1x1 are too small")]
    [InlineData("max8-max2/3x8x8-5", "planes of 1x1 are too small for a pool of 2x2; use fewer pools and strides before it, or larger")]
    [InlineData("max8-res(relu-max2)-average/3x8x8-5", "the 2nd step in the body of the 2nd step, max2, does not fit: planes of 1x1")]
    [InlineData("res(res(res(res(res(res(res(res(res(relu)))))))))/3x8x8-5", "'res(relu)'")]
    [InlineData("average/2000x2000x2000-5", "1048576")]
    [InlineData("average/3x8x8-1", "at least 2")]
    [InlineData("""{"inputs": [3, 8, 8], "outputs": 5}""", "JSON")]
    public void Given_a_text_that_makes_no_network_over_pictures_when_parsed_then_one_line_names_the_step_and_why(string text, string? why)
    {
        if (why is null)
        {
            Assert.Equal(3, Plans.Parse(text).Shape.Layers[^1].FanIn);
            return;
        }

        var error = Assert.Throws<ArgumentException>(() => Plans.Parse(text));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
