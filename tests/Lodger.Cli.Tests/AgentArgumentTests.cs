using System.Text.Json;
using Lodger.Cli.Agents;

namespace Lodger.Cli.Tests;

public sealed class AgentArgumentTests
{
    private static readonly AgentArgument File = new("file", "string", "The job's file");

    [Theory]
    [InlineData("job.yaml", true)]
    [InlineData("my job/größe.yaml", true)]
    [InlineData("-rf", false)]
    [InlineData("@job.yaml", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u202elmay.boj", false)]
    [InlineData("a\u200bb", false)]
    [InlineData("a\u2028b", false)]
    public void A_text_that_a_person_would_be_asked_to_type_shows_all_that_it_is(string text, bool isGood) =>
        (File.Problem(JsonSerializer.SerializeToElement(text)) is null).ShouldBe(isGood);
}
