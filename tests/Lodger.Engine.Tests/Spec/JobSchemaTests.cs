using System.Text.Json;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Tests.Spec;

/// <summary>The published schema and the reader must not drift apart.</summary>
public sealed class JobSchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(Repository.Read("docs/job.schema.json")).RootElement;

    [Fact]
    public void The_schema_has_the_readers_fields() => Names(Schema).ShouldBe(JobFields.All, ignoreOrder: true);

    [Fact]
    public void The_schema_requires_what_the_reader_requires() =>
        Schema.GetProperty("required").EnumerateArray().Select(e => e.GetString()!).ShouldBe(JobFields.Required, ignoreOrder: true);

    [Fact]
    public void Unknown_fields_are_errors_in_both() => Schema.GetProperty("additionalProperties").GetBoolean().ShouldBeFalse();

    [Fact]
    public void Nested_fields_are_the_readers()
    {
        Names(Schema.GetProperty("properties").GetProperty("registry")).ShouldBe(JobFields.Registry, ignoreOrder: true);
        Names(Schema.GetProperty("properties").GetProperty("progress")).ShouldBe(JobFields.Progress, ignoreOrder: true);
        Names(Schema.GetProperty("properties").GetProperty("sweep")).ShouldBe(JobFields.Sweep, ignoreOrder: true);
        Names(Choice("volume", 1)).ShouldBe(JobFields.Volume, ignoreOrder: true);
        Names(Choice("gpu", 2)).ShouldBe(JobFields.Gpu, ignoreOrder: true);
        Names(Choice("stall", 1)).ShouldBe(JobFields.Stall, ignoreOrder: true);
        Names(Choice("data", 0).GetProperty("oneOf")[1]).ShouldBe(JobFields.Data, ignoreOrder: true);
    }

    [Theory]
    [InlineData("teardown")]
    [InlineData("rent")]
    public void Every_choice_of_the_schema_is_one_that_the_reader_takes(string field)
    {
        foreach (JsonElement word in Schema.GetProperty("properties").GetProperty(field).GetProperty("enum").EnumerateArray())
            Job.Good(Job.Least + $"checkpoints: [ckpt/*]\n{field}: {word.GetString()}");
    }

    [Fact]
    public void Every_stall_action_of_the_schema_is_one_that_the_reader_takes()
    {
        var words = Choice("stall", 1).GetProperty("properties").GetProperty("action").GetProperty("enum").EnumerateArray().Select(e => e.GetString()!).ToList();
        words.Count.ShouldBe(Enum.GetValues<StallAction>().Length);
        words.ShouldAllBe(word => Job.Good(Job.Least + $"stall: {{after: 1m, action: {word}}}").Stall != null);
    }

    [Fact]
    public void Every_field_is_described_in_the_schema_and_in_the_reference()
    {
        string reference = Repository.Read("docs/job-yaml.md");
        foreach (string field in JobFields.All)
        {
            Schema.GetProperty("properties").GetProperty(field).GetProperty("description").GetString().ShouldNotBeNullOrEmpty(field);
            reference.ShouldContain($"| `{field}` |");
        }
    }

    private static JsonElement Choice(string field, int index) => Schema.GetProperty("properties").GetProperty(field).GetProperty("oneOf")[index];

    private static IEnumerable<string> Names(JsonElement schema) => schema.GetProperty("properties").EnumerateObject().Select(p => p.Name);
}
