using Lodger.Domain.Problems;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Engine.Tests.Journal;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgres://lodger@db.example.org/lodger", "postgres://lodger@db.example.org:5432/lodger")]
    [InlineData("postgresql://db.example.org:6000/my%20db?sslmode=verify-full&sslrootcert=/etc/ca.pem", "postgres://db.example.org:6000/my db")]
    [InlineData("postgres:///lodger?host=/run/postgresql", "postgres:///run/postgresql:5432/lodger")]
    public void An_address_is_shown_as_people_write_it(string text, string shown) => PostgresAddress.Parse(text, isPublic: true).Value.Shown.ShouldBe(shown);

    [Theory]
    [InlineData("db.example.org/lodger")]
    [InlineData("mysql://db/lodger")]
    [InlineData("postgres://db")]
    [InlineData("postgres://db/a/b")]
    [InlineData("postgres://db/lodger?sslmode=perhaps")]
    [InlineData("postgres://db/lodger?pooling=false")]
    public void What_is_none_is_refused_with_an_example(string text)
    {
        var problem = PostgresAddress.Parse(text, isPublic: true).Problem.ShouldNotBeNull();
        problem.ExitCode.ShouldBe(ExitCode.BadInput);
        problem.Fix.ShouldContain("postgres://lodger@");
    }

    [Theory]
    [InlineData("postgres://db", "names no database")]
    [InlineData("postgres://db/", "names no database")]
    [InlineData("postgres://db/a/b", "several parts")]
    public void What_is_wrong_with_the_path_is_said(string text, string said) => PostgresAddress.Parse(text, isPublic: true).Problem!.Message.ShouldContain(said);

    [Fact]
    public void A_password_is_refused_where_everybody_can_read_it_and_never_shown()
    {
        var problem = PostgresAddress.Parse("postgres://lodger:hush@db/lodger", isPublic: true).Problem.ShouldNotBeNull();
        problem.Id.ShouldBe("database-password-shown");
        (problem.Message + problem.Fix).ShouldNotContain("hush");
        var taken = PostgresAddress.Parse("postgres://lodger:hu%40sh@db/lodger", isPublic: false).Value;
        taken.Shown.ShouldBe("postgres://lodger@db:5432/lodger");
        taken.ConnectionString.ShouldContain("hu@sh");
    }
}
